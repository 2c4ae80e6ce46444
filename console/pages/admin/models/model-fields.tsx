/** All that can be said of a model: what most need lies open, the rest under its name, with what it says now beside it. */
import { fieldError } from "../../../api/client.ts";
import { ButtonLink } from "../../../ui/button.tsx";
import { Disclosure } from "../../../ui/disclosure.tsx";
import { Field, TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import type { Unit } from "../unit-words.ts";
import { KINDS, LIMITS, SECONDS, SIZES, STATUSES, unreadable, type ModelForm } from "./form.ts";
import { PriceFields, type Why } from "./price-fields.tsx";
import { TiersField } from "./tiers-field.tsx";
import { VariantsField } from "./variants-field.tsx";
import { words } from "./words.ts";

type TextName = { [Name in keyof ModelForm]: ModelForm[Name] extends string ? Name : never }[keyof ModelForm];

interface PartProps {
  readonly form: ModelForm;
  readonly set: (change: Partial<ModelForm>) => void;
  readonly why: Why;
}

/** What a field of the form is called where it is sent to, if that is another name. */
const PATHS: Readonly<Partial<Record<TextName, string>>> = {
  takes: "modalities.input",
  makes: "modalities.output",
  upstreamProtocol: "upstream.protocol",
  upstreamModel: "upstream.model",
  decimals: "rounding.scale",
  allowedSeconds: "duration.allowed",
};

const pathOf = (name: TextName): string => PATHS[name] ?? name;

/** Why a field will not do: what cannot be read, else what the server said of it or, of a list, of one in it. */
export const whyOf = (form: ModelForm, error: unknown): Why => {
  const unread = unreadable(form);
  return (path) => {
    const kind = unread[path];
    if (kind !== undefined) return words.unreadable[kind];
    return fieldError(error, path) ?? fieldError(error, `${path}.0`);
  };
};

const Text = ({ form, set, why, name, hint }: PartProps & { readonly name: TextName; readonly hint?: string }) => (
  <TextField
    label={words[name]}
    error={why(pathOf(name))}
    value={form[name]}
    {...(hint === undefined ? {} : { hint })}
    onChange={(event) => {
      set({ [name]: event.currentTarget.value });
    }}
  />
);

const joined = (...parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false && part !== "").join(" · ");

const Prices = (props: PartProps) => {
  const { form, set, why } = props;
  return (
    <>
      <p className="text-small text-ink-3">{words.pricesText}</p>
      {why("prices") !== undefined && <p className="text-small text-bad">{why("prices")}</p>}
      <PriceFields
        kind={form.kind}
        prices={form.prices}
        path="prices"
        why={why}
        onChange={(prices) => {
          set({ prices });
        }}
      />
      <div className="sm:max-w-64">
        <Text {...props} name="decimals" hint={words.decimalsHint} />
      </div>
    </>
  );
};

/** Prices that were published are told of, and changed elsewhere. */
const Money = (props: ModelFieldsProps) => {
  const { form, set, why, id, published, unpriced } = props;
  const variants = (
    <Disclosure
      title={words.variants}
      note={form.variants.length === 0 ? words.noVariants : words.variantCount(form.variants.length)}
      bad={why("rates") !== undefined || form.variants.some((_, at) => wrongVariant(why, at))}
    >
      <VariantsField
        kind={form.kind}
        variants={form.variants}
        why={why}
        onChange={(changed) => {
          set({ variants: changed });
        }}
      />
    </Disclosure>
  );
  if (published && id !== null)
    return (
      <>
        <Notice
          actions={
            <ButtonLink size="small" to="/admin/prices" search={{ model: id }}>
              {words.prices}
            </ButtonLink>
          }
        >
          {why("prices") ?? why("tiers") ?? why("rounding") ?? why("kind") ?? words.publishedText}
        </Notice>
        {unpriced.length > 0 && (
          <PriceFields
            kind={form.kind}
            prices={form.prices}
            only={unpriced}
            path="prices"
            why={why}
            onChange={(prices) => {
              set({ prices });
            }}
          />
        )}
        {variants}
      </>
    );
  return (
    <>
      <section aria-label={words.prices} className="flex flex-col gap-4 border-t border-line pt-5">
        <h3 className="font-medium text-ink">{words.prices}</h3>
        <Prices {...props} />
      </section>
      <Disclosure
        title={words.tiers}
        note={form.tiers.length === 0 ? words.noVariants : words.tierCount(form.tiers.length)}
        bad={why("tiers") !== undefined || form.tiers.some((_, at) => why(`tiers.${at}.above`) !== undefined)}
      >
        <TiersField
          kind={form.kind}
          base={form.prices}
          tiers={form.tiers}
          why={why}
          onChange={(tiers) => {
            set({ tiers });
          }}
        />
      </Disclosure>
      {variants}
    </>
  );
};

const wrongVariant = (why: Why, at: number): boolean =>
  why(`rates.${at}.price`) !== undefined || why(`rates.${at}.variant`) !== undefined;

const Abilities = (props: PartProps) => (
  <>
    <div className="grid gap-4 sm:grid-cols-2">
      <Text {...props} name="takes" hint={words.modalitiesHint} />
      <Text {...props} name="makes" />
    </div>
    <Text {...props} name="capabilities" hint={words.capabilitiesHint} />
    <div className="sm:max-w-64">
      <Text {...props} name="defaultMaxTokens" hint={words.defaultHint} />
    </div>
  </>
);

const Names = (props: PartProps) => (
  <>
    <Text {...props} name="aliases" hint={words.aliasesHint} />
    <Text {...props} name="replyModel" hint={words.replyHint} />
    <div className="grid gap-4 sm:grid-cols-2">
      <Text {...props} name="provider" hint={words.providerHint} />
      <div />
      <Text {...props} name="upstreamProtocol" hint={words.protocolHint} />
      <Text {...props} name="upstreamModel" hint={words.upstreamModelHint} />
    </div>
  </>
);

const Video = (props: PartProps) => {
  const { form, set, why } = props;
  return (
    <>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        {SECONDS.map((name) => (
          <TextField
            key={name}
            label={words.seconds[name]}
            inputMode="numeric"
            error={why(`duration.${name}`)}
            value={form.seconds[name]}
            onChange={(event) => {
              set({ seconds: { ...form.seconds, [name]: event.currentTarget.value } });
            }}
          />
        ))}
      </div>
      <Text {...props} name="allowedSeconds" hint={words.allowedHint} />
      <Text {...props} name="resolutions" hint={words.resolutionsHint} />
    </>
  );
};

const Life = (props: PartProps) => (
  <div className="grid gap-4 sm:grid-cols-2">
    <Field label={words.status} error={props.why("status")}>
      <Select
        value={props.form.status}
        options={STATUSES.map((value) => ({ value, label: words.statuses[value] }))}
        onChange={(status) => {
          props.set({ status });
        }}
      />
    </Field>
    <Text {...props} name="replacement" hint={words.replacementHint} />
  </div>
);

const isWrong = (why: Why, paths: readonly string[]): boolean => paths.some((path) => why(path) !== undefined);

/** What the parts that are closed at first say now. */
const More = (props: PartProps) => {
  const { form, why } = props;
  const limited = LIMITS.filter((name) => form[name] !== "");
  return (
    <>
      <Disclosure
        title={words.abilities}
        note={joined(`${form.takes} → ${form.makes}`, form.capabilities)}
        bad={isWrong(why, ["modalities.input", "modalities.output", "capabilities", "defaultMaxTokens"])}
      >
        <Abilities {...props} />
      </Disclosure>
      {form.kind === "video" && (
        <Disclosure
          title={words.video}
          note={joined(form.resolutions)}
          bad={isWrong(why, ["duration.allowed", "resolutions", ...SECONDS.map((name) => `duration.${name}`)])}
        >
          <Video {...props} />
        </Disclosure>
      )}
      <Disclosure
        title={words.names}
        note={joined(form.provider, form.aliases)}
        bad={isWrong(why, ["aliases", "replyModel", "provider", "upstream.protocol", "upstream.model"])}
      >
        <Names {...props} />
      </Disclosure>
      <Disclosure
        title={words.limits}
        note={limited.length === 0 ? words.noLimits : limited.map((name) => `${form[name]} ${words[name]}`).join(" · ")}
        bad={isWrong(why, LIMITS)}
      >
        <div className="grid gap-4 sm:grid-cols-3">
          {LIMITS.map((name) => (
            <Text {...props} key={name} name={name} />
          ))}
        </div>
      </Disclosure>
      <Disclosure
        title={words.life}
        note={joined(words.statuses[form.status], form.replacement)}
        bad={isWrong(why, ["status", "replacement"])}
      >
        <Life {...props} />
      </Disclosure>
    </>
  );
};

export interface ModelFieldsProps extends PartProps {
  /** Null for a new one. */
  readonly id: string | null;
  /** Its prices were published. */
  readonly published: boolean;
  /** What it can emit without a price for it. */
  readonly unpriced: readonly Unit[];
}

export const ModelFields = ({ id, published, unpriced, ...props }: ModelFieldsProps) => (
  <>
    <div className="grid gap-4 sm:grid-cols-3">
      <Field label={words.kind} error={published ? undefined : props.why("kind")}>
        <Select
          value={props.form.kind}
          options={KINDS.map((value) => ({ value, label: words.kinds[value] }))}
          onChange={(kind) => {
            props.set({ kind });
          }}
        />
      </Field>
      {SIZES.slice(0, 2).map((name) => (
        <Text {...props} key={name} name={name} />
      ))}
    </div>
    <Money {...props} id={id} published={published} unpriced={unpriced} />
    <div>
      <More {...props} />
    </div>
  </>
);
