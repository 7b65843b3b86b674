/** All results, or the first failure; either way nothing is under way any more. */
export async function settled<Work extends readonly Promise<unknown>[] | []>(
  work: Work,
): Promise<{ -readonly [Key in keyof Work]: Awaited<Work[Key]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
