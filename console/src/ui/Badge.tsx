import type { ReactNode } from 'react'
import style from './Badge.module.css'
import { classes } from './classes'

type BadgeProps = {
  tone?: 'plain' | 'good' | 'warn' | 'bad' | 'env'
  dot?: boolean
  children: ReactNode
}

/** A state in one or two words; never by colour alone. */
export const Badge = ({ tone = 'plain', dot, children }: BadgeProps) => (
  <span className={classes(style.badge, tone !== 'plain' && style[tone], dot && style.dot)}>
    {children}
  </span>
)
