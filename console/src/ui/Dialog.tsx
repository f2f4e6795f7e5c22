import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { FormEvent, ReactNode } from 'react'
import { IconButton } from './Button'
import { classes } from './classes'
import style from './Dialog.module.css'

type DialogProps = {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  children?: ReactNode
  /** Buttons, at the foot. */
  actions?: ReactNode
  wide?: boolean
  /** From the right edge, for details beside a list. */
  side?: boolean
  /** Makes the dialog a form. */
  onSubmit?: () => void
  /** A dialog that must not be lost by a stray click or key, such as a secret shown once. */
  keep?: boolean
}

export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  actions,
  wide,
  side,
  onSubmit,
  keep,
}: DialogProps) {
  const close = (next: boolean, { reason }: Base.Root.ChangeEventDetails) => {
    if (!next && !(keep && reason === 'escape-key')) onClose()
  }
  const inside = (
    <>
      <div className={style.body}>
        {description && (
          <Base.Description className={style.description}>{description}</Base.Description>
        )}
        {children}
      </div>
      {actions && <div className={style.foot}>{actions}</div>}
    </>
  )
  return (
    <Base.Root open={open} onOpenChange={close} disablePointerDismissal={keep}>
      <Base.Portal>
        <Base.Backdrop className={style.backdrop} />
        <Base.Popup className={classes(style.popup, wide && style.wide, side && style.side)}>
          <div className={style.head}>
            <Base.Title>{title}</Base.Title>
            <IconButton small label="Close" onClick={onClose}>
              <X />
            </IconButton>
          </div>
          {onSubmit ? <DialogForm onSubmit={onSubmit}>{inside}</DialogForm> : inside}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

function DialogForm({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // React hands events on through portals: a form around the dialog must not hear of this one.
    event.stopPropagation()
    onSubmit()
  }
  return (
    <form onSubmit={submit} noValidate style={{ display: 'contents' }}>
      {children}
    </form>
  )
}
