import type { ReactNode } from 'react'
import { Button } from './Button'
import { Field, PasswordField } from './Field'
import fieldStyle from './Field.module.css'
import style from './SecretField.module.css'

type SecretFieldProps = {
  label: ReactNode
  help?: ReactNode
  error?: string
  optional?: boolean
  placeholder?: string
  /** Whether one is stored; it is never shown. */
  stored: boolean
  /** What was typed in its place; undefined keeps what is stored. */
  value: string | undefined
  onChange: (value: string | undefined) => void
  disabled?: boolean
}

/** A secret that can be written and never read: a stored one stays until it is replaced. */
export function SecretField({
  stored,
  value,
  onChange,
  help,
  disabled,
  optional,
  ...about
}: SecretFieldProps) {
  if (stored && value === undefined) {
    return (
      <Field {...about} help={help}>
        {control => (
          <div className={style.row}>
            <input {...control} className={fieldStyle.control} value="••••••••••••" readOnly />
            {!disabled && <Button onClick={() => onChange('')}>Replace</Button>}
          </div>
        )}
      </Field>
    )
  }
  return (
    <div className={style.stack}>
      <PasswordField
        {...about}
        optional={optional}
        help={help}
        value={value ?? ''}
        onChange={onChange}
        autoComplete="new-password"
        disabled={disabled}
        autoFocus={stored}
      />
      {stored && (
        <div>
          <Button small kind="ghost" onClick={() => onChange(undefined)}>
            Keep the stored one
          </Button>
        </div>
      )}
    </div>
  )
}
