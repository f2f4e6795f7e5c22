type Dated = { created_at: string }

export type Day<Entry> = { day: string; entries: Entry[] }

/** Entries under the day, in the reader's time zone, on which they were written. */
export function byDay<Entry extends Dated>(entries: Entry[]): Day<Entry>[] {
  const days: Day<Entry>[] = []
  for (const entry of entries) {
    const day = new Date(entry.created_at).toDateString()
    const last = days.at(-1)
    if (last?.day === day) last.entries.push(entry)
    else days.push({ day, entries: [entry] })
  }
  return days
}

/** "Today", "Yesterday", or the date with its weekday. */
export function dayName(day: string, now: Date, locale?: string): string {
  if (day === now.toDateString()) return 'Today'
  const yesterday = new Date(now)
  yesterday.setDate(now.getDate() - 1)
  if (day === yesterday.toDateString()) return 'Yesterday'
  return new Date(day).toLocaleDateString(locale, { dateStyle: 'full' })
}
