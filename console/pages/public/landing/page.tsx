/** The first page: what this is, that it works with what one has, and what it costs. */
import { useQuery } from "@tanstack/react-query";

import { modelsQuery } from "../../../api/public.ts";
import { useStorefront } from "../../../layout/storefront.tsx";
import { dialects } from "../../../snippets/call.ts";
import { ButtonLink } from "../../../ui/button.tsx";
import { CodeTabs } from "../../../ui/code.tsx";
import { CatalogExcerpt } from "./catalog.tsx";
import { featuredOf } from "./featured.ts";
import { Receipt } from "./receipt.tsx";
import { words } from "./words.ts";

/** The way in, as far as there is one; and in a word why there is none. */
const Doors = () => {
  const { isClaimed, registration } = useStorefront();
  const isOpen = registration === "open";
  return (
    <>
      <div className="mt-7 flex flex-wrap gap-2.5">
        {isClaimed ? (
          <ButtonLink to={isOpen ? "/sign-up" : "/sign-in"} kind="primary">
            {isOpen ? words.start : words.signIn}
          </ButtonLink>
        ) : (
          <ButtonLink to="/claim" kind="primary">
            {words.claim}
          </ButtonLink>
        )}
        <ButtonLink to="/models">{words.browse}</ButtonLink>
      </div>
      {!isClaimed && <p className="mt-3 max-w-xl text-small text-ink-3">{words.unclaimed}</p>}
      {isClaimed && !isOpen && <p className="mt-3 max-w-xl text-small text-ink-3">{words.invited}</p>}
    </>
  );
};

const Hero = ({ model }: { readonly model: string }) => {
  const { name, baseUrls, keyPrefix } = useStorefront();
  return (
    <section className="grid items-center gap-10 pt-6 lg:grid-cols-[1.05fr_1fr] lg:gap-14 lg:pt-12">
      <div className="min-w-0">
        <h1 className="text-hero font-medium tracking-tight text-balance text-ink">{words.headline}</h1>
        <p className="mt-5 max-w-xl text-large text-ink-2">{words.lead(name)}</p>
        <Doors />
      </div>
      <div className="min-w-0">
        <CodeTabs name="dialect" label={words.snippets} tabs={dialects({ baseUrls, key: `${keyPrefix}…`, model })} />
      </div>
    </section>
  );
};

const Promises = () => (
  <section aria-labelledby="promises">
    <h2 id="promises" className="text-title font-medium text-ink">
      {words.promisesTitle}
    </h2>
    <div className="mt-6 grid gap-x-12 gap-y-7 border-t border-line pt-7 sm:grid-cols-2">
      {words.promises.map(({ title, text }) => (
        <div key={title}>
          <h3 className="font-medium text-ink">{title}</h3>
          <p className="mt-1 max-w-md text-ink-2">{text}</p>
        </div>
      ))}
    </div>
  </section>
);

const Steps = () => (
  <section aria-labelledby="steps">
    <h2 id="steps" className="text-title font-medium text-ink">
      {words.stepsTitle}
    </h2>
    <ol className="mt-6 grid gap-6 border-t border-line pt-7 sm:grid-cols-3">
      {words.steps.map(({ title, text }, index) => (
        <li key={title} className="flex gap-4">
          <span aria-hidden className="figures text-title leading-none font-medium text-accent">
            {index + 1}
          </span>
          <span>
            <span className="block font-medium text-ink">{title}</span>
            <span className="mt-1 block text-ink-2">{text}</span>
          </span>
        </li>
      ))}
    </ol>
  </section>
);

export const LandingPage = () => {
  const { data: models, error } = useQuery(modelsQuery);
  const featured = models === undefined ? [] : featuredOf(models);
  return (
    <div className="flex flex-col gap-24">
      <Hero model={featured[0]?.id ?? "sandbox/echo"} />
      {/* Without the models both have nothing to say; the rest of the page has. */}
      {(models !== undefined || error === null) && (
        <>
          <Receipt model={featured[0]} />
          <CatalogExcerpt models={models} featured={featured} />
        </>
      )}
      <Promises />
      <Steps />
    </div>
  );
};
