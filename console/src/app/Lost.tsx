import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { buttonClass, Empty } from '@/ui'

/** An address where nothing is. */
export const Lost = () => (
  <Empty
    icon={<Compass />}
    title="There is no such page"
    action={
      <Link to="/console" className={buttonClass()}>
        To the start
      </Link>
    }
  >
    The address may be old, or was copied without its end.
  </Empty>
)
