import { useEffect, useState } from 'react'

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** Making a format costs more than using it, and a list has many times. */
const kept = <Format,>(make: (locale?: string) => Format) => {
  const formats = new Map<string | undefined, Format>()
  return (locale?: string) => {
    const format = formats.get(locale) ?? make(locale)
    formats.set(locale, format)
    return format
  }
}
const relative = kept(locale => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }))
const full = kept(
  locale => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }),
)

/** "3 minutes ago", in the reader's language. */
export function relativeTime(at: Date, now: Date, locale?: string): string {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const format = relative(locale)
  const unit = units.find(([, size]) => Math.abs(seconds) >= size)
  if (!unit) return format.format(0, 'second')
  return format.format(Math.trunc(seconds / unit[1]), unit[0])
}

export const fullTime = (at: Date, locale?: string) => full(locale).format(at)

/** How long ago, with the exact time on hover; kept true while the page is open. */
export function Time({ at, locale }: { at: string; locale?: string }) {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000)
    return () => clearInterval(timer)
  }, [])
  const date = new Date(at)
  return (
    <time dateTime={at} title={fullTime(date, locale)}>
      {relativeTime(date, now, locale)}
    </time>
  )
}
