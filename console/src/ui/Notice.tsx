import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { classes } from './classes'
import style from './Notice.module.css'

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

const icons = { good: CircleCheck, warn: TriangleAlert, bad: CircleAlert, plain: Info }

type NoticeProps = { tone?: Tone; title?: ReactNode; children?: ReactNode; action?: ReactNode }

/** A sentence in the page that must not be overlooked. */
export function Notice({ tone = 'plain', title, children, action }: NoticeProps) {
  const Icon = icons[tone]
  return (
    <div
      className={classes(style.notice, tone !== 'plain' && style[tone])}
      role={tone === 'bad' ? 'alert' : 'note'}
    >
      <Icon aria-hidden="true" />
      <div className={style.text}>
        {title && <strong>{title}</strong>}
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  )
}
