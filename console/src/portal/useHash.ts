import { useEffect, useState } from 'react'

const current = () => decodeURIComponent(location.hash.replace(/^#\/?/, ''))

/** Which app is open, in the address behind `#`, so that Back and reload work. */
export function useHash(): [string, (slug: string) => void] {
  const [slug, setSlug] = useState(current)
  useEffect(() => {
    const changed = () => setSlug(current())
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])
  const go = (next: string) => {
    location.hash = next ? `/${encodeURIComponent(next)}` : ''
  }
  return [slug, go]
}
