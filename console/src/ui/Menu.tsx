import { Menu as Base } from '@base-ui/react/menu'
import { Ellipsis } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { buttonClass } from './Button'
import { classes } from './classes'
import style from './Menu.module.css'

export type MenuEntry =
  | { label: string; icon?: ReactNode; onSelect: () => void; danger?: boolean; disabled?: boolean }
  | 'separator'

type MenuProps = {
  label: string
  entries: MenuEntry[]
  trigger?: ReactElement
  align?: 'start' | 'end'
}

/** A list of actions behind a button. */
export function Menu({ label, entries, trigger, align = 'end' }: MenuProps) {
  return (
    <Base.Root>
      {trigger ? (
        <Base.Trigger render={trigger} />
      ) : (
        <Base.Trigger
          className={buttonClass({ kind: 'ghost', small: true })}
          aria-label={label}
          title={label}
        >
          <Ellipsis />
        </Base.Trigger>
      )}
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align}>
          <Base.Popup className={style.popup}>
            {entries.map((entry, at) =>
              entry === 'separator' ? (
                <Base.Separator key={at} className={style.separator} />
              ) : (
                <Base.Item
                  key={entry.label}
                  className={classes(style.item, entry.danger && style.danger)}
                  disabled={entry.disabled}
                  onClick={entry.onSelect}
                >
                  {entry.icon}
                  {entry.label}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
