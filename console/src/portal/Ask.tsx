import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import style from './Ask.module.css'

type AskProps = {
  title: string
  text: string
  actions: ReactNode
  onClose: () => void
  children?: ReactNode
}

/** A question over the page. The browser's own dialog keeps the focus inside and weighs nothing. */
export function Ask({ title, text, actions, onClose, children }: AskProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  // Remembered once: where React mounts twice, the second time finds the focus inside.
  const [before] = useState(() => document.activeElement)
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [before])
  return (
    <dialog
      ref={dialog}
      className={style.dialog}
      aria-labelledby={id}
      aria-describedby={`${id}-text`}
      onClose={onClose}
    >
      <div className={style.body}>
        <h2 id={id}>{title}</h2>
        <p id={`${id}-text`}>{text}</p>
        {children}
        <div className={style.foot}>{actions}</div>
      </div>
    </dialog>
  )
}
