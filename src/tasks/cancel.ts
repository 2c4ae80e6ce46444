/** Cancels a task, where its provider still can. Nothing is said to be cancelled that may yet be billed. */
import { errors } from "../errors.ts";
import type { TaskServices } from "./services.ts";
import { ENDS, isFinal, stepFor, type Task } from "./task.ts";
import { cancelJob, endTask, placeOfTask, verdictOf } from "./worker.ts";
import { VIDEO_APIS } from "../providers/video/index.ts";

const tooLate = () => errors.invalidValue("id", "this task has begun and can no longer be cancelled");

/**
 * Asks the provider how the job stands, cancels it while it waits, and ends the task. @returns the task as it is then
 * @throws GatewayError invalid_value for one that has begun
 */
export const cancelTask = async (services: TaskServices, task: Task): Promise<Task> => {
  if (isFinal(task.state)) return task;
  const place = placeOfTask(services, task);
  if (task.job === null || place === undefined) throw tooLate();
  // A provider that is told to cancel a job that is done forgets it instead: its verdict would be gone.
  const before = await verdictOf(services, task, place, task.job);
  const step = stepFor(task, before, services.epochMs(), VIDEO_APIS[task.api].keptMs);
  if (step.kind === "end") await endTask(services, task, step.end);
  else if (before.kind === "queued" && (await cancelJob(services, task, place, task.job)))
    await endTask(services, task, ENDS.cancelled);
  else throw tooLate();
  return (await services.store.find(task.requestId)) ?? task;
};
