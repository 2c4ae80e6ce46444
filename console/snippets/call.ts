/** One call of a model as code, in several languages and dialects, with the reader's own address, key and model in it. */
import type { BaseUrls } from "../api/public.ts";

export interface CallOrder {
  readonly baseUrls: BaseUrls;
  /** As shown: masked or a placeholder. */
  readonly key: string;
  readonly model: string;
  readonly prompt?: string;
}

export interface Snippet {
  readonly label: string;
  readonly code: string;
}

const PROMPT = "Say hello in one sentence.";

/** As JSON between the single quotes of a shell. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll("'", "'\\''");

const curl = ({ baseUrls, key, model, prompt = PROMPT }: CallOrder): string =>
  `curl ${baseUrls.openai}/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": ${quoted(model)},
    "messages": [
      {"role": "user", "content": ${quoted(prompt)}}
    ]
  }'`;

const python = ({ baseUrls, key, model, prompt = PROMPT }: CallOrder): string => `from openai import OpenAI

client = OpenAI(
    base_url="${baseUrls.openai}",
    api_key="${key}",
)
reply = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": ${JSON.stringify(prompt)}}],
)
print(reply.choices[0].message.content)`;

const typescript = ({ baseUrls, key, model, prompt = PROMPT }: CallOrder): string => `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: "${baseUrls.openai}",
  apiKey: "${key}",
});
const reply = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: ${JSON.stringify(prompt)} }],
});
console.log(reply.choices[0].message.content);`;

const go = ({ baseUrls, key, model, prompt = PROMPT }: CallOrder): string => `package main

import (
	"context"
	"fmt"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func main() {
	client := openai.NewClient(
		option.WithBaseURL("${baseUrls.openai}/"),
		option.WithAPIKey("${key}"),
	)
	reply, err := client.Chat.Completions.New(context.Background(), openai.ChatCompletionNewParams{
		Model:    "${model}",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(${JSON.stringify(prompt)})},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(reply.Choices[0].Message.Content)
}`;

const java = ({
  baseUrls,
  key,
  model,
  prompt = PROMPT,
}: CallOrder): string => `var client = OpenAIOkHttpClient.builder()
    .baseUrl("${baseUrls.openai}")
    .apiKey("${key}")
    .build();
var reply = client.chat().completions().create(
    ChatCompletionCreateParams.builder()
        .model("${model}")
        .addUserMessage(${JSON.stringify(prompt)})
        .build());
reply.choices().get(0).message().content().ifPresent(System.out::println);`;

const anthropic = ({ baseUrls, key, model, prompt = PROMPT }: CallOrder): string => `import anthropic

client = anthropic.Anthropic(
    base_url="${baseUrls.anthropic}",
    api_key="${key}",
)
reply = client.messages.create(
    model="${model}",
    max_tokens=256,
    messages=[{"role": "user", "content": ${JSON.stringify(prompt)}}],
)
print(reply.content[0].text)`;

const gemini = ({ baseUrls, key, model, prompt = PROMPT }: CallOrder): string => `from google import genai
from google.genai import types

client = genai.Client(
    api_key="${key}",
    http_options=types.HttpOptions(base_url="${baseUrls.gemini}"),
)
reply = client.models.generate_content(
    model="${model}",
    contents=${JSON.stringify(prompt)},
)
print(reply.text)`;

/** The same call in five languages. */
export const languages = (order: CallOrder): readonly [Snippet, ...Snippet[]] => [
  { label: "curl", code: curl(order) },
  { label: "Python", code: python(order) },
  { label: "TypeScript", code: typescript(order) },
  { label: "Go", code: go(order) },
  { label: "Java", code: java(order) },
];

/** The same model through each maker's own client. */
export const dialects = (order: CallOrder): readonly [Snippet, ...Snippet[]] => [
  { label: "curl", code: curl(order) },
  { label: "OpenAI SDK", code: python(order) },
  { label: "Anthropic SDK", code: anthropic(order) },
  { label: "Gemini SDK", code: gemini(order) },
];

/** Calls of what is no conversation, as curl. */
export const other = ({ baseUrls, key, model }: CallOrder, kind: string): readonly [Snippet, ...Snippet[]] => {
  const post = (path: string, body: object): string =>
    `curl ${baseUrls.openai}${path} \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify({ model, ...body })}'`;
  switch (kind) {
    case "embedding":
      return [{ label: "curl", code: post("/embeddings", { input: "The wren, the smallest bird" }) }];
    case "image":
      return [{ label: "curl", code: post("/images/generations", { prompt: "A wren on a copper coin", n: 1 }) }];
    case "video":
      return [
        { label: "Create", code: post("/videos/generations", { prompt: "A wren takes flight", duration: 5 }) },
        {
          label: "Query",
          code: `curl ${baseUrls.openai}/videos/generations/TASK_ID \\\n  -H "Authorization: Bearer ${key}"`,
        },
      ];
    case "speech":
      return [
        { label: "curl", code: `${post("/audio/speech", { input: "Hello.", voice: "alloy" })} --output hello.mp3` },
      ];
    default:
      return [
        {
          label: "curl",
          code: `curl ${baseUrls.openai}/audio/transcriptions \\\n  -H "Authorization: Bearer ${key}" \\\n  -F model="${model}" -F file=@speech.mp3`,
        },
      ];
  }
};
