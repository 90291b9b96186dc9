/** Where things are, as absolute paths with a slash at the end. */
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** What can be made again, and is not in the repository. */
export const CACHE = `${ROOT}.cache/bench/`;
