import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'
import style from './Popover.module.css'

type PopoverProps = {
  /** What it is, for readers. */
  label: string
  /** A button. */
  trigger: ReactElement
  children: ReactNode
  align?: 'start' | 'end'
}

/** More controls behind a button, beside the page and not over it. */
export function Popover({ label, trigger, children, align = 'start' }: PopoverProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={style.positioner} sideOffset={4} align={align}>
          <Base.Popup className={style.popup} aria-label={label}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
