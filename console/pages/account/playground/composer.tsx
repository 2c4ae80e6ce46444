/** What one says next: text and images. */
import { ImagePlus, Send, Square, X } from "lucide-react";
import { useRef, useState } from "react";

import { Button, IconButton } from "../../../ui/button.tsx";
import { classes } from "../../../ui/classes.ts";
import { INPUT } from "../../../ui/field.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

const MOST_BYTES = 5_000_000;
const MOST_IMAGES = 8;

interface Attached {
  readonly name: string;
  readonly url: string;
}

const asDataUrl = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      resolve(typeof reader.result === "string" ? reader.result : "");
    });
    reader.addEventListener("error", () => {
      reject(reader.error ?? new Error("the file cannot be read"));
    });
    reader.readAsDataURL(file);
  });

const Attachments = ({
  images,
  onRemove,
}: {
  readonly images: readonly Attached[];
  readonly onRemove: (index: number) => void;
}) =>
  images.length === 0 ? null : (
    <ul className="flex flex-wrap gap-2">
      {images.map(({ name, url }, index) => (
        <li key={url} className="relative">
          <img src={url} alt={name} className="size-16 rounded-base border border-line object-cover" />
          <button
            type="button"
            aria-label={words.detach(name)}
            onClick={() => {
              onRemove(index);
            }}
            className="absolute -top-1.5 -right-1.5 rounded-full border border-line-strong bg-surface p-0.5 text-ink-2"
          >
            <X aria-hidden className="size-3" />
          </button>
        </li>
      ))}
    </ul>
  );

const Picker = ({ onPick }: { readonly onPick: (files: FileList | null) => void }) => {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        aria-label={words.attach}
        accept="image/png,image/jpeg,image/gif,image/webp"
        multiple
        hidden
        onChange={(event) => {
          onPick(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
      <IconButton
        label={words.attach}
        onClick={() => {
          picker.current?.click();
        }}
      >
        <ImagePlus aria-hidden className="size-4" />
      </IconButton>
    </>
  );
};

export interface ComposerProps {
  readonly isRunning: boolean;
  readonly disabled: boolean;
  readonly takesImages: boolean;
  readonly onSend: (text: string, images: readonly string[]) => void;
  readonly onStop: () => void;
}

export const Composer = ({ isRunning, disabled, takesImages, onSend, onStop }: ComposerProps) => {
  const [text, setText] = useState("");
  const [images, setImages] = useState<readonly Attached[]>([]);
  const isEmpty = text.trim() === "" && images.length === 0;

  const send = (): void => {
    if (isEmpty || isRunning || disabled) return;
    onSend(
      text,
      images.map(({ url }) => url),
    );
    setText("");
    setImages([]);
  };

  const attach = async (files: FileList | null): Promise<void> => {
    const chosen = [...(files ?? [])].slice(0, MOST_IMAGES - images.length);
    if (chosen.some(({ size }) => size > MOST_BYTES)) toast({ title: words.tooLarge, bad: true });
    const fitting = chosen.filter(({ size }) => size <= MOST_BYTES);
    const read = await Promise.all(fitting.map(async (file) => ({ name: file.name, url: await asDataUrl(file) })));
    setImages([...images, ...read]);
  };

  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Attachments
        images={images}
        onRemove={(index) => {
          setImages(images.filter((_, at) => at !== index));
        }}
      />
      <textarea
        aria-label={words.placeholder}
        placeholder={words.placeholder}
        rows={3}
        value={text}
        disabled={disabled}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
        className={classes(INPUT, "!h-auto resize-y py-2")}
      />
      <div className="flex items-center justify-between gap-2">
        <div>{takesImages && <Picker onPick={(files) => void attach(files)} />}</div>
        {isRunning ? (
          <Button icon={<Square aria-hidden className="size-3.5" />} onClick={onStop}>
            {words.stop}
          </Button>
        ) : (
          <Button
            type="submit"
            kind="primary"
            disabled={isEmpty || disabled}
            icon={<Send aria-hidden className="size-4" />}
          >
            {words.send}
          </Button>
        )}
      </div>
    </form>
  );
};
