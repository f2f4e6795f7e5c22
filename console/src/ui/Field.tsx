import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox'
import { Radio } from '@base-ui/react/radio'
import { RadioGroup } from '@base-ui/react/radio-group'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { Check, Eye, EyeOff } from 'lucide-react'
import {
  type InputHTMLAttributes,
  type ReactNode,
  type TextareaHTMLAttributes,
  useId,
  useState,
} from 'react'
import { IconButton } from './Button'
import { classes } from './classes'
import style from './Field.module.css'

type About = {
  label: ReactNode
  help?: ReactNode
  /** What is wrong with the value, mostly in the server's own words. */
  error?: string
  optional?: boolean
  /** For a label that the page around shows already. */
  hideLabel?: boolean
}

type FieldProps = About & { children: (props: ControlProps) => ReactNode }
type ControlProps = { id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }

/** A label, a control, and below it its help or what is wrong with it. */
export function Field({ label, help, error, optional, hideLabel, children }: FieldProps) {
  const id = useId()
  const about = `${id}-about`
  const control = {
    id,
    'aria-invalid': Boolean(error),
    'aria-describedby': help || error ? about : undefined,
  }
  return (
    <div className={style.field}>
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : style.label}>
        {label}
        {optional && <span className={style.optional}>optional</span>}
      </label>
      {children(control)}
      {(error || help) && (
        <div
          id={about}
          className={error ? style.error : style.help}
          role={error ? 'alert' : undefined}
        >
          {error ?? help}
        </div>
      )}
    </div>
  )
}

type TextFieldProps = About &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> & {
    value: string
    onChange?: (value: string) => void
    mono?: boolean
  }

export function TextField({
  label,
  help,
  error,
  optional,
  hideLabel,
  mono,
  onChange,
  className,
  ...rest
}: TextFieldProps) {
  return (
    <Field {...{ label, help, error, optional, hideLabel }}>
      {control => (
        <input
          type="text"
          spellCheck={false}
          {...rest}
          {...control}
          className={classes(style.control, mono && style.mono, className)}
          onChange={event => onChange?.(event.target.value)}
        />
      )}
    </Field>
  )
}

type PasswordFieldProps = TextFieldProps & {
  /** What the button says, in the page's language. */
  words?: { show: string; hide: string }
}

/** A secret that can be looked at while it is typed. */
export function PasswordField({
  label,
  help,
  error,
  optional,
  hideLabel,
  onChange,
  words = { show: 'Show', hide: 'Hide' },
  ...rest
}: PasswordFieldProps) {
  const [shown, setShown] = useState(false)
  return (
    <Field {...{ label, help, error, optional, hideLabel }}>
      {control => (
        <div className={style.withButton}>
          <input
            autoComplete="off"
            {...rest}
            {...control}
            type={shown ? 'text' : 'password'}
            className={style.control}
            onChange={event => onChange?.(event.target.value)}
          />
          <IconButton
            small
            label={shown ? words.hide : words.show}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff /> : <Eye />}
          </IconButton>
        </div>
      )}
    </Field>
  )
}

type TextAreaProps = About &
  Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange' | 'value'> & {
    value: string
    onChange?: (value: string) => void
    mono?: boolean
  }

export function TextArea({
  label,
  help,
  error,
  optional,
  hideLabel,
  mono,
  onChange,
  ...rest
}: TextAreaProps) {
  return (
    <Field {...{ label, help, error, optional, hideLabel }}>
      {control => (
        <textarea
          spellCheck={!mono}
          {...rest}
          {...control}
          className={classes(style.control, style.area, mono && style.mono)}
          onChange={event => onChange?.(event.target.value)}
        />
      )}
    </Field>
  )
}

export type Option = { value: string; label: string; disabled?: boolean }

type SelectFieldProps = About & {
  value: string
  options: Option[]
  onChange: (value: string) => void
  disabled?: boolean
  name?: string
}

/** The platform's own list: it works with every keyboard, reader and phone. */
export function SelectField({
  label,
  help,
  error,
  optional,
  hideLabel,
  options,
  onChange,
  ...rest
}: SelectFieldProps) {
  return (
    <Field {...{ label, help, error, optional, hideLabel }}>
      {control => (
        <select
          {...rest}
          {...control}
          className={style.control}
          onChange={event => onChange(event.target.value)}
        >
          {options.map(option => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

type ToggleProps = {
  label: ReactNode
  help?: ReactNode
  error?: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
  hideLabel?: boolean
}

export function Switch({
  label,
  help,
  error,
  checked,
  onChange,
  disabled,
  hideLabel,
}: ToggleProps) {
  const id = useId()
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control inside is one
    <label className={style.row}>
      <BaseSwitch.Root
        className={style.switch}
        aria-labelledby={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={value => onChange(value)}
      >
        <BaseSwitch.Thumb className={style.thumb} />
      </BaseSwitch.Root>
      <ToggleText {...{ id, label, help, error, hideLabel }} />
    </label>
  )
}

export function Checkbox({
  label,
  help,
  error,
  checked,
  onChange,
  disabled,
  hideLabel,
}: ToggleProps) {
  const id = useId()
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control inside is one
    <label className={style.row}>
      <BaseCheckbox.Root
        className={style.box}
        aria-labelledby={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={value => onChange(value)}
      >
        <BaseCheckbox.Indicator>
          <Check />
        </BaseCheckbox.Indicator>
      </BaseCheckbox.Root>
      <ToggleText {...{ id, label, help, error, hideLabel }} />
    </label>
  )
}

function ToggleText({
  id,
  label,
  help,
  error,
  hideLabel,
}: Pick<ToggleProps, 'label' | 'help' | 'error' | 'hideLabel'> & { id: string }) {
  return (
    <div>
      <div id={id} className={hideLabel ? 'visually-hidden' : undefined}>
        {label}
      </div>
      {help && <div className={style.help}>{help}</div>}
      {error && (
        <div className={style.error} role="alert">
          {error}
        </div>
      )}
    </div>
  )
}

export type Choice = { value: string; label: string; help?: ReactNode; disabled?: boolean }

type ChoicesProps = About & { value: string; choices: Choice[]; onChange: (value: string) => void }

/** A few options, each explained. */
export function Choices({ label, help, error, value, choices, onChange, hideLabel }: ChoicesProps) {
  const id = useId()
  return (
    <div className={style.field}>
      <div id={id} className={hideLabel ? 'visually-hidden' : style.label}>
        {label}
      </div>
      <RadioGroup
        aria-labelledby={id}
        className={style.choices}
        value={value}
        onValueChange={next => onChange(String(next))}
      >
        {choices.map(choice => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is one
          <label key={choice.value} className={style.choice}>
            <Radio.Root value={choice.value} disabled={choice.disabled} className={style.dot} />
            <span>
              <span>{choice.label}</span>
              {choice.help && (
                <span className={classes(style.help)} style={{ display: 'block' }}>
                  {choice.help}
                </span>
              )}
            </span>
          </label>
        ))}
      </RadioGroup>
      {(error || help) && <div className={error ? style.error : style.help}>{error ?? help}</div>}
    </div>
  )
}
