import { useEffect, useState } from 'react'

/** The app that the address names; an address that was mangled on its way names none. */
function current(): string {
  try {
    return decodeURIComponent(location.hash.replace(/^#\/?/, ''))
  } catch {
    return ''
  }
}

/** Whether the page has to stay where it is; it then puts the address right itself. */
type Guard = () => boolean
let guard: Guard | undefined

/** Asks before another app is shown. Listeners of the window could not: the first would win. */
export function guardHash(next: Guard): () => void {
  guard = next
  return () => {
    if (guard === next) guard = undefined
  }
}

/** Which app is open, in the address behind `#`, so that Back and reload work. */
export function useHash(): [string, (slug: string) => void] {
  const [slug, setSlug] = useState(current)
  useEffect(() => {
    const changed = () => {
      if (!guard?.()) setSlug(current())
    }
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])
  const go = (next: string) => {
    location.hash = next ? `/${encodeURIComponent(next)}` : ''
  }
  return [slug, go]
}
