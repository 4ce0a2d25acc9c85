/** The body of the goal, as a user would send it. */
export const GOAL = {
  description: 'Ten echoes in two waves',
  context: { source: 'bench' },
  plan: {
    tasks: [
      ...['a1', 'a2', 'a3', 'a4', 'a5'].map((id) => ({ id, tool: 'echo', arguments: { value: id } })),
      ...['b1', 'b2', 'b3', 'b4', 'b5'].map((id) => ({
        id,
        tool: 'echo',
        arguments: { value: id },
        depends_on: ['a1', 'a2', 'a3', 'a4', 'a5'],
      })),
    ],
  },
};
