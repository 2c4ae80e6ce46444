/** A change of the installation by an operator: written by the settings' own function, in force in this process at once. */
import { editObject, EditRefused, type Edit } from "../../settings/edit.ts";
import type { StoredRow } from "../../settings/store.ts";
import { problems, type ConsoleError } from "../errors.ts";
import type { ConsoleServices } from "../services.ts";
import { actorOf, type Viewer } from "../viewer.ts";

const shown = ({ why, fields }: EditRefused): ConsoleError => {
  if (why === "invalid") return problems.invalid(fields);
  if (why === "missing") return problems.missing("object");
  return problems.conflict("There is one of this name already. Choose another, or change that one.");
};

/** @throws ConsoleError for what the settings refuse; nothing is changed then */
export const changeSetting = async (
  services: ConsoleServices,
  viewer: Viewer,
  edit: Omit<Edit, "actor">,
): Promise<StoredRow> => {
  const { database, engine, refresh } = services;
  let row: StoredRow;
  try {
    ({ row } = await editObject(database, engine, { ...edit, actor: actorOf(viewer) }));
  } catch (error) {
    throw error instanceof EditRefused ? shown(error) : error;
  }
  await refresh();
  return row;
};
