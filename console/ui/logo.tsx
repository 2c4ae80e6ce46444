/** The mark: a wren on a coin, in one colour; a storefront's own logo takes its place. */
import { useStorefront } from "../layout/storefront.tsx";

/** Our own drawing; readable at 16 px. */
export const Wren = ({ className }: { readonly className?: string }) => (
  <svg viewBox="0 0 32 32" aria-hidden className={className}>
    <circle cx="16" cy="16" r="14.25" fill="none" stroke="currentColor" strokeWidth="2.25" />
    <path
      fill="currentColor"
      d="M8.2 7.1c2 1 3.4 2.8 4.1 5 1.3-.7 2.8-1 4.2-.7.9-1.6 2.4-2.5 4-2.3 1.2.1 2.2.8 2.7 1.8l2.6.9-2.4 1.2c0 3.2-1.3 6-3.9 7.6-.8.5-1.7.8-2.6 1l.5 2.5h-1.7l-.5-2.4h-.9l.3 2.4H13l-.6-2.9c-2.5-1-4-3.2-4-5.8 0-1.3.3-2.4.9-3.4-.2-1.8-.6-3.5-1.1-4.9z"
    />
  </svg>
);

/** Mark and name of the storefront. */
export const Logo = () => {
  const { name, logoUrl } = useStorefront();
  return (
    <span className="flex min-w-0 items-center gap-2 font-medium text-ink">
      {logoUrl === null ? (
        <Wren className="size-6 text-accent" />
      ) : (
        <img src={logoUrl} alt="" className="size-6 object-contain" />
      )}
      <span className="truncate">{name}</span>
    </span>
  );
};
