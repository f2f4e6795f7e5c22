import { RefreshCw } from 'lucide-react'
import { Fragment, type ReactNode, useEffect } from 'react'
import { faultText, requestIdOf } from '@/api/fault'
import { Button } from './Button'
import { CodeBlock } from './Copy'
import { classes } from './classes'
import { Notice } from './Notice'
import style from './Page.module.css'

type PageProps = {
  title: string
  /** In place of the title, when that is more than a text. */
  heading?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  /** Above the title: where this page belongs. */
  back?: ReactNode
  narrow?: boolean
  children: ReactNode
}

/** A page of the Console: its heading, what it is for, and its main actions. */
export function Page({ title, heading, description, actions, back, narrow, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Trunnel`
  }, [title])
  return (
    <div className={classes(style.page, narrow && style.narrow)}>
      <header className={style.header}>
        <div className={style.titles}>
          {back && <div className={style.back}>{back}</div>}
          <h1>{heading ?? title}</h1>
          {description && <p>{description}</p>}
        </div>
        {actions && <div className={style.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

type CardProps = {
  title?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  foot?: ReactNode
  /** No space around, for tables and lists. */
  flush?: boolean
  children: ReactNode
  id?: string
}

export function Card({ title, description, actions, foot, flush, children, id }: CardProps) {
  return (
    <section className={style.card} id={id}>
      {(title || actions) && (
        <div className={style.cardHead}>
          <div>
            <h2>{title}</h2>
            {description && <p>{description}</p>}
          </div>
          {actions && <div className={style.actions}>{actions}</div>}
        </div>
      )}
      <div className={classes(style.cardBody, flush && style.flush)}>{children}</div>
      {foot && <div className={style.cardFoot}>{foot}</div>}
    </section>
  )
}

type EmptyProps = {
  icon?: ReactNode
  title: string
  children?: ReactNode
  /** A command that does the next step from a terminal. */
  command?: string
  action?: ReactNode
}

/** What a page shows before there is anything: what belongs here and how it gets here. */
export function Empty({ icon, title, children, command, action }: EmptyProps) {
  return (
    <div className={style.empty}>
      {icon}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
      {command && (
        <div className={style.command}>
          <CodeBlock text={command} label="The same from a terminal" />
        </div>
      )}
    </div>
  )
}

/** Where something could not be loaded: why, and again. */
export function LoadFault({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const request = requestIdOf(error)
  return (
    <Notice
      tone="bad"
      title="This could not be loaded."
      action={
        <Button small onClick={onRetry}>
          <RefreshCw aria-hidden="true" /> Try again
        </Button>
      }
    >
      {faultText(error)}
      {request && (
        <div>
          Request <code>{request}</code>
        </div>
      )}
    </Notice>
  )
}

const widths = ['82%', '64%', '74%', '52%', '68%', '58%']

/** Stands for what is being loaded. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div className={style.lines} role="status">
      <span className="visually-hidden">Loading</span>
      {widths.slice(0, lines).map(width => (
        <div key={width} className={style.skeleton} style={{ width }} />
      ))}
    </div>
  )
}

/** Names and values of one thing. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className={style.facts}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}

export const Kbd = ({ children }: { children: ReactNode }) => (
  <kbd className={style.kbd}>{children}</kbd>
)
