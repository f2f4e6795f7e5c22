import { type FormEvent, type ReactNode, useEffect } from 'react'
import style from './Visitor.module.css'

type VisitorProps = {
  title: string
  description?: ReactNode
  /** Below the card: other ways to go. */
  foot?: ReactNode
  children?: ReactNode
}

/** The quiet page around everything that is done before somebody is signed in. */
export function Visitor({ title, description, foot, children }: VisitorProps) {
  useEffect(() => {
    document.title = `${title} · Trunnel`
  }, [title])
  return (
    <main className={style.page}>
      <div className={style.brand}>
        <img src="/favicon.svg" alt="" />
        Trunnel
      </div>
      <div className={style.card}>
        <div className={style.titles}>
          <h1>{title}</h1>
          {description && <p>{description}</p>}
        </div>
        {children}
      </div>
      {foot && <div className={style.foot}>{foot}</div>}
    </main>
  )
}

/** A form of a visitor's page; Enter sends it. */
export function VisitorForm({
  onSubmit,
  children,
}: {
  onSubmit: () => unknown
  children: ReactNode
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void onSubmit()
  }
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      {children}
    </form>
  )
}

/** Between two ways of signing in. */
export const Or = () => <div className={style.or}>or</div>

/** The class of a button or link as wide as the card. */
export const wholeWidth = style.whole

/** Two quiet buttons below a form, at its two sides. */
export const spread = style.spread

/** What is good to know and asks for nothing. */
export const aside = style.aside
