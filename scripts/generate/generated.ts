/** A file that is made from the code. `render` is given what the file holds now and gives what it should hold. */
export interface Generated {
  readonly path: string;
  readonly render: (present: string) => string | Promise<string>;
}

/** The part of a hand-written page between `<!-- generated: name -->` and `<!-- end: name -->`. Throws where the page has no such marks. */
export function generatedPart(path: string, name: string, render: () => string | Promise<string>): Generated {
  const opening = `<!-- generated: ${name} -->`;
  const closing = `<!-- end: ${name} -->`;
  return {
    path,
    render: async (present) => {
      const start = present.indexOf(opening);
      const end = present.indexOf(closing, start);
      if (start < 0 || end < 0)
        throw new Error(`${path} lacks the lines "${opening}" and "${closing}", between which the generated part goes`);
      return `${present.slice(0, start + opening.length)}\n\n${(await render()).trim()}\n\n${present.slice(end)}`;
    },
  };
}
