import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { Button } from './Button'
import style from './Pager.module.css'

type PagerProps = {
  /** The page that is shown; empty for the first. */
  cursor: string
  next: string | null | undefined
  onCursor: (cursor: string) => void
  busy?: boolean
}

/** Back and forth through a list whose pages are known by cursors only. */
export function Pager({ cursor, next, onCursor, busy }: PagerProps) {
  const [trail, setTrail] = useState<string[]>([])
  if (!cursor && !next) return null
  const forth = () => {
    if (!next) return
    setTrail([...trail, cursor])
    onCursor(next)
  }
  // Whoever comes by a link has no trail and goes to the first page.
  const back = () => {
    onCursor(trail.at(-1) ?? '')
    setTrail(trail.slice(0, -1))
  }
  return (
    <nav className={style.pager} aria-label="Pages of the list">
      <Button small onClick={back} disabled={!cursor || busy}>
        <ChevronLeft aria-hidden="true" /> Newer
      </Button>
      <Button small onClick={forth} disabled={!next || busy}>
        Older <ChevronRight aria-hidden="true" />
      </Button>
    </nav>
  )
}
