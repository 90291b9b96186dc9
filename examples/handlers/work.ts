import type { ReceivedMessage } from "../../lib/handler.ts";

/** Works a second for each dot of the task. */
export default async function work({ payload }: ReceivedMessage): Promise<void> {
  const dots = String(payload).split(".").length - 1;
  await new Promise((resolve) => setTimeout(resolve, dots * 1_000));
}
