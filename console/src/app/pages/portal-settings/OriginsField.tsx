import { Plus, X } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { Button, Card, IconButton, TextField } from '@/ui'
import style from './PortalSettings.module.css'

type OriginsFieldProps = {
  origins: string[]
  onChange: (origins: string[]) => void
  error?: string
  disabled: boolean
}

/** The sites that may show the portal in a frame of theirs. */
export function OriginsField({ origins, onChange, error, disabled }: OriginsFieldProps) {
  return (
    <Card
      title="Allowed origins"
      description="Sites that may embed the portal in a frame. All others are refused by the browser."
    >
      {origins.length === 0 && (
        <p className={style.quiet}>None: the portal opens as a page of its own only.</p>
      )}
      {origins.length > 0 && (
        <ul className={style.origins} aria-label="Allowed origins">
          {origins.map(origin => (
            <li key={origin}>
              <code>{origin}</code>
              {!disabled && (
                <IconButton
                  small
                  label={`Remove ${origin}`}
                  onClick={() => onChange(origins.filter(other => other !== origin))}
                >
                  <X />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      )}
      {disabled ? null : (
        <AddOrigin
          error={error}
          onAdd={origin => onChange([...origins.filter(other => other !== origin), origin])}
        />
      )}
    </Card>
  )
}

/** An address that was pasted whole is cut to its origin. */
function originOf(text: string): string {
  try {
    const { origin } = new URL(text)
    return origin === 'null' ? text : origin
  } catch {
    return text
  }
}

function AddOrigin({ onAdd, error }: { onAdd: (origin: string) => void; error?: string }) {
  const [text, setText] = useState('')
  const add = () => {
    if (text.trim() === '') return
    onAdd(originOf(text.trim()))
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
        label="Another origin"
        mono
        placeholder="https://app.example.com"
        value={text}
        onChange={setText}
        onKeyDown={press}
        error={error}
      />
      <Button onClick={add} disabled={text.trim() === ''}>
        <Plus aria-hidden="true" /> Add
      </Button>
    </div>
  )
}
