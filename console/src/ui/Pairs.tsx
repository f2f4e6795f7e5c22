import { Plus, X } from 'lucide-react'
import { useId } from 'react'
import { Button, IconButton } from './Button'
import { TextField } from './Field'
import style from './Pairs.module.css'

export type Pair = { id: string; name: string; value: string }

/** The id is for the page only, so that a row keeps its place while others go. */
export const newPair = (name = '', value = ''): Pair => ({
  id: `${Date.now()}-${Math.random()}`,
  name,
  value,
})

export const pairsOf = (values: Record<string, string>): Pair[] =>
  Object.entries(values).map(([name, value]) => ({ id: name, name, value }))

/** Rows without a name and a value are not there. */
export const valuesOf = (pairs: Pair[]): Record<string, string> =>
  Object.fromEntries(
    pairs
      .filter(pair => pair.name.trim() || pair.value)
      .map(pair => [pair.name.trim(), pair.value]),
  )

type PairsProps = {
  label: string
  help?: string
  error?: string
  /** What one row is called, such as "field". */
  noun: string
  pairs: Pair[]
  onChange: (pairs: Pair[]) => void
  disabled?: boolean
}

/** Names and values, row by row. */
export function Pairs({ label, help, error, noun, pairs, onChange, disabled }: PairsProps) {
  const id = useId()
  const change = (row: string, next: Partial<Pair>) =>
    onChange(pairs.map(pair => (pair.id === row ? { ...pair, ...next } : pair)))
  return (
    <fieldset className={style.pairs} aria-describedby={error || help ? id : undefined}>
      <legend className={style.label}>{label}</legend>
      {(error || help) && (
        <div id={id} className={error ? style.error : style.help} role={error && 'alert'}>
          {error ?? help}
        </div>
      )}
      {pairs.map((pair, at) => (
        <div key={pair.id} className={style.row}>
          <TextField
            label={`Name of ${noun} ${at + 1}`}
            hideLabel
            placeholder="Name"
            mono
            value={pair.name}
            disabled={disabled}
            onChange={name => change(pair.id, { name })}
          />
          <TextField
            label={`Value of ${noun} ${at + 1}`}
            hideLabel
            placeholder="Value"
            value={pair.value}
            disabled={disabled}
            onChange={value => change(pair.id, { value })}
          />
          {!disabled && (
            <IconButton
              label={`Remove ${noun} ${pair.name || at + 1}`}
              onClick={() => onChange(pairs.filter(other => other.id !== pair.id))}
            >
              <X />
            </IconButton>
          )}
        </div>
      ))}
      {!disabled && (
        <div>
          <Button small onClick={() => onChange([...pairs, newPair()])}>
            <Plus aria-hidden="true" /> Add {noun}
          </Button>
        </div>
      )}
    </fieldset>
  )
}
