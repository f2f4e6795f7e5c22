import { type ReactNode, useEffect, useId, useRef } from 'react'
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
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog ref={dialog} className={style.dialog} aria-labelledby={id} onClose={onClose}>
      <div className={style.body}>
        <h2 id={id}>{title}</h2>
        <p>{text}</p>
        {children}
        <div className={style.foot}>{actions}</div>
      </div>
    </dialog>
  )
}
