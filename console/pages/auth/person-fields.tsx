/** Who somebody is, as they register. */
import { fieldError } from "../../api/client.ts";
import { TextField } from "../../ui/field.tsx";

const words = {
  name: "Your name",
  email: "Email",
  password: "Password",
  hint: (least: number) => `At least ${least} characters. A few words in a row are easy to remember.`,
} as const;

export const PersonFields = ({
  error,
  email,
  least = 12,
}: {
  readonly error: Error | null;
  /** Fixed by an invitation. */
  readonly email?: string;
  readonly least?: number;
}) => (
  <>
    <TextField
      label={words.name}
      name="name"
      autoComplete="name"
      required
      maxLength={100}
      error={fieldError(error, "name")}
    />
    <TextField
      label={words.email}
      name="email"
      type="email"
      autoComplete="username"
      required
      {...(email === undefined ? {} : { defaultValue: email, readOnly: true })}
      error={fieldError(error, "email")}
    />
    <TextField
      label={words.password}
      name="password"
      type="password"
      autoComplete="new-password"
      required
      hint={words.hint(least)}
      error={fieldError(error, "password")}
    />
  </>
);
