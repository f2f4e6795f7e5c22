import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import style from './Button.module.css'
import { classes } from './classes'

export type ButtonKind = 'primary' | 'secondary' | 'ghost' | 'danger' | 'dangerQuiet'

type Look = { kind?: ButtonKind; small?: boolean }

/** The look of a button, for links that do what a button does. */
export const buttonClass = ({ kind = 'secondary', small }: Look = {}) =>
  classes(style.button, style[kind], small && style.small)

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
  Look & { busy?: boolean; ref?: Ref<HTMLButtonElement> }

/** While `busy` it keeps its place and cannot be pressed again. */
export function Button({ kind, small, busy, children, className, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes(buttonClass({ kind, small }), className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy && <Spinner />}
      {children}
    </button>
  )
}

type IconButtonProps = Omit<ButtonProps, 'aria-label' | 'children'> & {
  label: string
  children: ReactNode
}

/** A button that is only a picture; its label is read aloud and shown on hover. */
export function IconButton({ label, kind = 'ghost', small, className, ...rest }: IconButtonProps) {
  const look = classes(buttonClass({ kind, small }), style.icon, className)
  return <button type="button" title={label} {...rest} aria-label={label} className={look} />
}

export const Spinner = () => <span className={style.spinner} aria-hidden="true" />
