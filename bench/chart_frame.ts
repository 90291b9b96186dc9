/** What all charts have in common. */

/** A chart that is to be drawn. */
export interface Chart {
  /** Of its file, without the ending. */
  name: string;
  width: number;
  height: number;
  option: Record<string, unknown>;
}

/** The colours of GitHub's two themes. */
export const THEMES = {
  light: {
    text: "#1f2328",
    faint: "#59636e",
    grid: "#d1d9e0",
    ours: "#0969da",
    other: "#afb8c1",
    second: "#bc4c00",
  },
  dark: {
    text: "#f0f6fc",
    faint: "#9198a1",
    grid: "#3d444d",
    ours: "#4493f8",
    other: "#656c76",
    second: "#db6d28",
  },
} as const;
/** One of GitHub's themes. */
export type Theme = keyof typeof THEMES;

/** Of every chart, in pixels. */
export const WIDTH = 760;
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/** The title, and what it stands on, of a chart. */
export function frame(theme: Theme, text: string, subtext: string): Record<string, unknown> {
  const { text: color, faint } = THEMES[theme];
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: FONT },
    title: {
      text,
      subtext,
      left: 0,
      top: 0,
      padding: [4, 0],
      textStyle: { color, fontSize: 17 },
      subtextStyle: { color: faint, fontSize: 13 },
    },
  };
}
