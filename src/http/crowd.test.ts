import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Crowd, OUTSIDE, type Member } from "./crowd.ts";

const member = (): Member => ({ place: OUTSIDE });

describe("crowd", () => {
  it("holds what a Set would, whoever comes and goes", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(9)), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (order) => {
        const people = Array.from({ length: 10 }, member);
        const crowd = new Crowd<Member>();
        const model = new Set<Member>();
        for (const [comes, index] of order) {
          const person = people[index] ?? member();
          crowd[comes ? "add" : "delete"](person);
          model[comes ? "add" : "delete"](person);
          const inside = crowd.now();
          expect(people.map((each) => inside.includes(each))).toEqual(people.map((each) => model.has(each)));
          expect(people.map((each) => each.place !== OUTSIDE)).toEqual(people.map((each) => model.has(each)));
          expect([inside.length, crowd.size]).toEqual([model.size, model.size]);
        }
      }),
    );
  });

  it("can be walked while its members leave", () => {
    const crowd = new Crowd<Member>();
    for (let i = 0; i < 5; i++) crowd.add(member());
    const met = crowd.now();
    for (const each of met) crowd.delete(each);
    expect(new Set(met).size).toBe(5);
    expect(crowd.size).toBe(0);
  });
});
