/**
 * Words of which the most used passwords are made. Passwords of fewer than twelve characters are refused anyway, so what has to be
 * known is which longer ones are made of these, with digits around them (password.ts). Lower case, letters only.
 */
export const COMMON_WORDS: readonly string[] = (
  "password passwort motdepasse contrasena senha parola wachtwoord haslo secret geheim qwerty qwertz azerty qwertyuiop asdfghjkl " +
  "asdf zxcvbnm zxcv qazwsx qazwsxedc abc abcd abcde abcdef abcdefgh admin administrator root toor guest user test testing tester " +
  "demo sample example welcome willkommen bienvenue letmein login logon master access account default changeme change temp temporary " +
  "trustno iloveyou loveyou ilove love lovely princess dragon monkey football baseball basketball soccer hockey superman batman " +
  "spiderman starwars pokemon pikachu sunshine shadow michael jennifer jordan thomas daniel jessica ashley charlie robert matthew " +
  "andrew joshua hunter hannah george maggie ginger cookie pepper summer winter spring autumn monday tuesday wednesday thursday friday " +
  "saturday sunday january february march april june july august september october november december computer internet windows " +
  "microsoft google facebook samsung iphone android apple banana orange cheese chocolate flower freedom whatever hello killer " +
  "liverpool arsenal chelsea barcelona mustang ferrari mercedes porsche corvette harley yamaha nintendo playstation minecraft fortnite " +
  "matrix phoenix angel angels jesus christ heaven blessed family mother father daddy mommy baby babygirl sweetheart forever friend " +
  "friends happy lucky money million dollar gold silver diamond secure security server service system network database oracle mysql " +
  "postgres mongo redis docker jenkins gitlab github linux ubuntu debian cisco router switch wireless wifi company office work manager " +
  "director employee customer support helpdesk backup public private key keys token api openai anthropic claude gemini chatgpt gpt model " +
  "models gateway farthing cheap credit credits balance billing my your the this is not one two three pass word"
).split(" ");

/** Rows of keyboards and other runs that fingers follow. */
export const RUNS: readonly string[] = [
  "0123456789012345678901234567890",
  "09876543210987654321098765432109",
  "abcdefghijklmnopqrstuvwxyz",
  "zyxwvutsrqponmlkjihgfedcba",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "1q2w3e4r5t6y7u8i9o0p",
  "!@#$%^&*()_+",
];
