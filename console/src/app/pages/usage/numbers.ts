export const count = (value: number) => value.toLocaleString()

/** A day such as `2026-11-24`, which is one of UTC, for people. */
export const dayText = (day: string) =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  })

/** The smallest of 1, 2, 5, 10, 20, 50, … that is not below the value: the top of an axis. */
export function axisTop(value: number): number {
  if (value <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map(step => step * power).find(top => top >= value) ?? value
}
