/** A time to wait in hours and minutes, rounded up: "2 hours 59 minutes". */
export function waitText(seconds: number): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60))
  const part = (count: number, unit: string) =>
    count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`
  return [part(Math.floor(minutes / 60), 'hour'), part(minutes % 60, 'minute')]
    .filter(Boolean)
    .join(' ')
}
