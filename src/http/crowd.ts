/**
 * The things under way at this moment: a set whose members come and go thousands of times a second.
 *
 * Not a `Set`: V8's, when it makes room, leaves its old table pointing to the new one. Once one of these tables has outlived two
 * collections, it keeps the whole chain after it, and so everything that every request ever held, until the next full collection
 * (measured with 64 connections: small collections ten times as long, and 160 MB; bench/README.md).
 */

/** Something that can be in one crowd at a time. */
export interface Member {
  /** Where it stands in its crowd; OUTSIDE when it is in none. Kept by the crowd. */
  place: number;
}

export const OUTSIDE = -1;

export class Crowd<M extends Member> {
  readonly #members: M[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Adds a member; one that is in already stays where it is. */
  add(member: M): void {
    if (member.place !== OUTSIDE) return;
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** Removes a member, if it is in; the last one takes its place. */
  delete(member: M): void {
    const { place } = member;
    if (place === OUTSIDE) return;
    member.place = OUTSIDE;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    last.place = place;
    this.#members[place] = last;
  }

  /** Those who are in now: a list of its own, since looking at members may make them leave. In no order. */
  now(): readonly M[] {
    return [...this.#members];
  }
}
