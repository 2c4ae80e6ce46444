import { expect, it } from "vitest";

import { behaviourOf, SANDBOX_MODELS } from "./models.ts";

it.each([
  ["sandbox/tools", SANDBOX_MODELS.tools],
  ["tools", SANDBOX_MODELS.tools],
  ["gpt-5.5", SANDBOX_MODELS.echo],
  ["toString", SANDBOX_MODELS.echo],
  ["sandbox/unheard-of", SANDBOX_MODELS.echo],
])("knows what %s does", (model, behaviour) => {
  expect(behaviourOf(model)).toBe(behaviour);
});
