import { useEffect, useState } from 'react'
import { Notice } from '@/ui'
import { waitText } from './duration'

/** Says that signing in is locked, and for how long still. */
export function Locked({ until, onOver }: { until: number; onOver: () => void }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const over = now >= until
  useEffect(() => {
    if (over) onOver()
  }, [over, onOver])
  return (
    <Notice tone="bad" title="Signing in is locked">
      Too many sign-ins have failed in a row. It opens again by itself in{' '}
      {waitText((until - now) / 1000)}. An owner or admin can lift the lock before, on the Members
      page.
    </Notice>
  )
}
