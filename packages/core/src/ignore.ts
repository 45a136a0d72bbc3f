/** Does nothing: it takes what is told elsewhere, or nobody waits for. */
export const ignore = (): void => {};
