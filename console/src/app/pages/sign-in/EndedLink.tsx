import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { isFault } from '@/api/client'
import { LoadFault, Skeleton } from '@/ui'
import { Visitor } from './Visitor'

type LinkStateProps = {
  title: string
  error: unknown
  onRetry: () => void
  /** What to do when the link has ended. */
  ended: ReactNode
}

export const toSignIn = <Link to="/console/sign-in">To the sign-in</Link>

/** A one-time link while it is looked at, and when it is no longer good. */
export function LinkState({ title, error, onRetry, ended }: LinkStateProps) {
  if (isFault(error, 'LINK_INVALID')) return <EndedLink>{ended}</EndedLink>
  return (
    <Visitor title={title} foot={toSignIn}>
      {error ? <LoadFault error={error} onRetry={onRetry} /> : <Skeleton lines={3} />}
    </Visitor>
  )
}

/** A link that was used, replaced, or is too old. */
export const EndedLink = ({ children }: { children: ReactNode }) => (
  <Visitor
    title="This link has ended"
    description="Such a link works once and for a limited time. It was used already, is too old, or was copied without its end."
    foot={toSignIn}
  >
    {children}
  </Visitor>
)
