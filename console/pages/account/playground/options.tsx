/** How the model is asked. */
import { Button } from "../../../ui/button.tsx";
import { Field, Switch, TextArea, TextField } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { readTools, type Options } from "./conversation.ts";
import { words } from "./words.ts";

const EXAMPLE = JSON.stringify(
  [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "The weather in a city",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  ],
  null,
  2,
);

export interface OptionsFormProps {
  readonly options: Options;
  readonly onChange: (change: Partial<Options>) => void;
}

export const OptionsForm = ({ options, onChange }: OptionsFormProps) => (
  <div className="flex flex-col gap-5">
    <TextArea
      label={words.system}
      rows={3}
      value={options.system}
      onChange={(event) => {
        onChange({ system: event.currentTarget.value });
      }}
    />
    <div className="grid grid-cols-2 items-end gap-3">
      <TextField
        label={words.temperature}
        inputMode="decimal"
        value={options.temperature}
        placeholder="—"
        onChange={(event) => {
          onChange({ temperature: event.currentTarget.value });
        }}
      />
      <TextField
        label={words.maxTokens}
        inputMode="numeric"
        value={options.maxTokens}
        placeholder="—"
        onChange={(event) => {
          onChange({ maxTokens: event.currentTarget.value });
        }}
      />
    </div>
    <Field label={words.effort}>
      <Select
        label={words.effort}
        value={options.effort}
        options={(Object.keys(words.efforts) as Options["effort"][]).map((value) => ({
          value,
          label: words.efforts[value],
        }))}
        onChange={(effort) => {
          onChange({ effort });
        }}
      />
    </Field>
    <Switch
      label={words.stream}
      checked={options.stream}
      onChange={(stream) => {
        onChange({ stream });
      }}
    />
    <Switch
      label={words.strict}
      hint={words.strictHint}
      checked={options.strict}
      onChange={(strict) => {
        onChange({ strict });
      }}
    />
    <div className="flex flex-col gap-2">
      <TextArea
        label={words.tools}
        hint={words.toolsHint}
        error={readTools(options.tools) === null ? words.toolsBad : undefined}
        mono
        rows={5}
        value={options.tools}
        onChange={(event) => {
          onChange({ tools: event.currentTarget.value });
        }}
      />
      {options.tools === "" && (
        <Button
          size="small"
          className="self-start"
          onClick={() => {
            onChange({ tools: EXAMPLE });
          }}
        >
          {words.toolsExample}
        </Button>
      )}
    </div>
  </div>
);
