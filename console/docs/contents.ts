/** The chapters of the documentation, in the order in which they are read. A chapter's text is loaded when it is opened. */
import type { ComponentProps, ComponentType } from "react";

/** A chapter's text; its heading may be shown by something else. */
export type ChapterText = ComponentType<{
  readonly components?: { readonly h1?: ComponentType<ComponentProps<"h1">> };
}>;

export interface Chapter {
  /** Its address below /docs/. */
  readonly slug: string;
  readonly title: string;
  /** One line of what is in it; searched, and shown in the contents. */
  readonly about: string;
  readonly load: () => Promise<{ readonly default: ChapterText }>;
}

export interface Part {
  readonly title: string;
  readonly chapters: readonly Chapter[];
}

export const PARTS: readonly Part[] = [
  {
    title: "Start",
    chapters: [
      {
        slug: "quick-start",
        title: "Quick start",
        about:
          "A key, an address, a first answer: Chat Completions, Responses, Messages and Gemini, with curl and SDKs.",
        load: () => import("./quick-start.mdx"),
      },
      {
        slug: "models",
        title: "Models and names",
        about: "Finding a model, aliases, retired names, what a model can do and costs.",
        load: () => import("./models.mdx"),
      },
      {
        slug: "keys",
        title: "Keys",
        about: "Making, limiting, rotating and revoking keys; what to do when one leaks.",
        load: () => import("./keys.mdx"),
      },
    ],
  },
  {
    title: "Tools",
    chapters: [
      {
        slug: "tools/sdks",
        title: "SDKs and frameworks",
        about: "OpenAI, Anthropic and Gemini SDKs, Vercel AI SDK, LangChain, LlamaIndex.",
        load: () => import("./tools/sdks.mdx"),
      },
      {
        slug: "tools/claude-code",
        title: "Claude Code",
        about: "Two variables, and any model behind it.",
        load: () => import("./tools/claude-code.mdx"),
      },
      {
        slug: "tools/codex",
        title: "Codex",
        about: "A provider in config.toml.",
        load: () => import("./tools/codex.mdx"),
      },
      {
        slug: "tools/cursor",
        title: "Cursor",
        about: "The address for Cursor, names it does not take for its own, agent mode.",
        load: () => import("./tools/cursor.mdx"),
      },
      {
        slug: "tools/cline",
        title: "Cline",
        about: "OpenAI Compatible or Anthropic with a base URL.",
        load: () => import("./tools/cline.mdx"),
      },
      {
        slug: "tools/continue",
        title: "Continue",
        about: "Models in config.yaml.",
        load: () => import("./tools/continue.mdx"),
      },
      {
        slug: "tools/roo-code",
        title: "Roo Code",
        about: "OpenAI Compatible, with the model's window set by hand.",
        load: () => import("./tools/roo-code.mdx"),
      },
      {
        slug: "tools/opencode",
        title: "OpenCode",
        about: "A provider in opencode.json.",
        load: () => import("./tools/opencode.mdx"),
      },
      {
        slug: "tools/kilo-code",
        title: "Kilo Code",
        about: "In the editor and on the command line.",
        load: () => import("./tools/kilo-code.mdx"),
      },
      {
        slug: "tools/gemini-cli",
        title: "Gemini CLI and Qwen Code",
        about: "Two command lines that take a base URL.",
        load: () => import("./tools/gemini-cli.mdx"),
      },
      {
        slug: "tools/cherry-studio",
        title: "Cherry Studio",
        about: "A provider of the kind OpenAI, Anthropic or Gemini.",
        load: () => import("./tools/cherry-studio.mdx"),
      },
      {
        slug: "tools/lobechat",
        title: "LobeChat",
        about: "Address and key in the settings, or as variables of the server.",
        load: () => import("./tools/lobechat.mdx"),
      },
      {
        slug: "tools/librechat",
        title: "LibreChat",
        about: "A custom endpoint in librechat.yaml.",
        load: () => import("./tools/librechat.mdx"),
      },
    ],
  },
  {
    title: "Beyond text",
    chapters: [
      {
        slug: "embeddings",
        title: "Embeddings",
        about: "One text or many, dimensions, base64.",
        load: () => import("./embeddings.mdx"),
      },
      {
        slug: "images",
        title: "Images and audio",
        about: "Images made, edited and spoken of; speech and transcription.",
        load: () => import("./images.mdx"),
      },
      {
        slug: "video",
        title: "Video tasks",
        about: "Create, watch, fetch: tasks that run for minutes and are charged on success.",
        load: () => import("./video.mdx"),
      },
    ],
  },
  {
    title: "Rules",
    chapters: [
      {
        slug: "billing",
        title: "Billing",
        about: "What is counted, when it is charged, what failures cost, how to check a charge.",
        load: () => import("./billing.mdx"),
      },
      {
        slug: "prices",
        title: "A price before the call",
        about: "Quotes, and a cap above which nothing is ever charged.",
        load: () => import("./prices.mdx"),
      },
      {
        slug: "limits",
        title: "Limits",
        about: "Requests and tokens a minute, requests at once, budgets, and the headers that tell them.",
        load: () => import("./limits.mdx"),
      },
      {
        slug: "errors",
        title: "Errors",
        about: "Every status and code: what it means, and whether to try again.",
        load: () => import("./errors.mdx"),
      },
      {
        slug: "fidelity",
        title: "What is carried",
        about: "Translation between dialects, what is left out by name, and how to refuse that.",
        load: () => import("./fidelity.mdx"),
      },
      {
        slug: "questions",
        title: "Questions",
        about: "What people ask first.",
        load: () => import("./questions.mdx"),
      },
    ],
  },
];

/** All chapters in order. */
export const CHAPTERS: readonly Chapter[] = PARTS.flatMap(({ chapters }) => chapters);

export const chapterOf = (slug: string): Chapter | undefined => CHAPTERS.find((chapter) => chapter.slug === slug);

/** Chapters whose title or line holds every word. */
export const searched = (text: string): readonly Chapter[] => {
  const words = text.toLowerCase().split(" ").filter(Boolean);
  return CHAPTERS.filter(({ title, about }) => words.every((word) => `${title} ${about}`.toLowerCase().includes(word)));
};
