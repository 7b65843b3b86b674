/** Executions that nobody runs and events that nobody hears. */
export const nobodyElse = {
  executions: { start: async () => {} },
  events: { send: async () => {} },
};
