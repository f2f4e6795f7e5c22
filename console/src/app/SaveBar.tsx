import type { ReactNode } from 'react'
import { Button } from '@/ui'
import style from './SaveBar.module.css'

/** At the foot of the window, so that what is unsaved is never out of sight. */
export const Bar = ({ children }: { children: ReactNode }) => (
  <section className={style.bar} aria-label="Unsaved changes">
    {children}
  </section>
)

type SaveBarProps = { form: { dirty: boolean; busy: boolean; reset: () => void } }

/** The bar of a form that changes what is there, shown while something is unsaved. */
export function SaveBar({ form }: SaveBarProps) {
  if (!form.dirty) return null
  return (
    <Bar>
      <span>Not saved yet</span>
      <Button onClick={() => form.reset()} disabled={form.busy}>
        Discard
      </Button>
      <Button type="submit" kind="primary" busy={form.busy}>
        Save
      </Button>
    </Bar>
  )
}
