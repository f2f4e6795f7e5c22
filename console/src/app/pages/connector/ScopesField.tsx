import { Lock, X } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { Button, Checkbox, TextField } from '@/ui'
import style from './Connector.module.css'
import type { CatalogueDetail } from './detail'

type ScopesFieldProps = {
  scopes: CatalogueDetail['scopes']
  value: string[]
  onChange: (scopes: string[]) => void
  error?: string
  disabled: boolean
}

const MANY = 12

/** Mandatory scopes are locked, known ones can be ticked, and others can be typed. */
export function ScopesField({ scopes, value, onChange, error, disabled }: ScopesFieldProps) {
  const [filter, setFilter] = useState('')
  const mandatory = scopes.filter(scope => scope.mandatory)
  const optional = scopes.filter(scope => !scope.mandatory)
  const names = new Set(scopes.map(scope => scope.scope))
  const typed = value.filter(scope => !names.has(scope))
  const shown = optional.filter(scope =>
    `${scope.scope} ${scope.description ?? ''}`.toLowerCase().includes(filter.toLowerCase()),
  )
  const toggle = (scope: string, on: boolean) =>
    onChange(on ? [...value, scope] : value.filter(other => other !== scope))
  return (
    <>
      {mandatory.length > 0 && (
        <ul className={style.scopes} aria-label="Always asked for">
          {mandatory.map(scope => (
            <li key={scope.scope} className={style.locked}>
              <Lock aria-hidden="true" />
              <span>
                <code>{scope.scope}</code>
                <span className={style.quiet}> {scope.description ?? 'Always asked for'}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {optional.length > MANY && (
        <TextField
          type="search"
          label="Find a scope"
          hideLabel
          placeholder={`Find among ${optional.length} scopes`}
          value={filter}
          onChange={setFilter}
        />
      )}
      {optional.length > 0 && (
        <fieldset className={style.scopes}>
          <legend className="visually-hidden">Scopes to ask for</legend>
          {shown.map(scope => (
            <Checkbox
              key={scope.scope}
              label={<code>{scope.scope}</code>}
              help={scope.description ?? undefined}
              checked={value.includes(scope.scope)}
              onChange={on => toggle(scope.scope, on)}
              disabled={disabled}
            />
          ))}
          {shown.length === 0 && <p className={style.quiet}>No scope matches.</p>}
        </fieldset>
      )}
      {!disabled && (
        <AddScope
          error={error}
          onAdd={added => onChange([...value, ...added.filter(scope => !value.includes(scope))])}
        />
      )}
      {typed.length > 0 && (
        <ul className={style.chips} aria-label="Scopes that were typed">
          {typed.map(scope => (
            <li key={scope} className={style.chip}>
              <code>{scope}</code>
              {!disabled && (
                <button
                  type="button"
                  aria-label={`Remove ${scope}`}
                  onClick={() => toggle(scope, false)}
                >
                  <X aria-hidden="true" />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

/** Typed or pasted, several at once when there are spaces or commas between them. */
function AddScope({ onAdd, error }: { onAdd: (scopes: string[]) => void; error?: string }) {
  const [text, setText] = useState('')
  const add = () => {
    const scopes = text.split(/[\s,]+/).filter(Boolean)
    if (scopes.length === 0) return
    onAdd([...new Set(scopes)])
    setText('')
  }
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    add()
  }
  return (
    <div className={style.add}>
      <TextField
        label="Another scope"
        mono
        placeholder="Type a scope and press Enter"
        value={text}
        onChange={setText}
        onKeyDown={press}
        error={error}
      />
      <Button onClick={add} disabled={text.trim() === ''}>
        Add
      </Button>
    </div>
  )
}
