/** A picture of a text that a telephone reads; drawn as one path, since inline markup is not allowed here. */
import { encode } from "uqr";

export const QrCode = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const { data, size } = encode(text, { border: 2 });
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="size-44 self-center rounded-base border border-line bg-[#ffffff]"
    >
      <path d={path} fill="#211d19" />
    </svg>
  );
};
