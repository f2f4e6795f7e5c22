import { useState } from 'react'
import { Button, Checkbox, TextField } from '@/ui'
import style from './Audit.module.css'

type ActionChoiceProps = {
  actions: string[]
  chosen: string[]
  onChange: (chosen: string[]) => void
}

/** Which actions to show; none chosen means all. */
export function ActionChoice({ actions, chosen, onChange }: ActionChoiceProps) {
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const all = [...new Set([...actions, ...chosen])].sort()
  const shown = all.filter(action => action.toLowerCase().includes(wanted))
  const toggle = (action: string, on: boolean) =>
    onChange(on ? [...chosen, action] : chosen.filter(other => other !== action))
  return (
    <>
      <TextField
        label="Find an action"
        hideLabel
        type="search"
        placeholder="Find an action"
        value={text}
        onChange={setText}
      />
      <ul className={style.choices}>
        {shown.map(action => (
          <li key={action}>
            <Checkbox
              label={action}
              checked={chosen.includes(action)}
              onChange={on => toggle(action, on)}
            />
          </li>
        ))}
        {shown.length === 0 && <li className={style.quiet}>No action is called so.</li>}
      </ul>
      {chosen.length > 0 && (
        <Button small onClick={() => onChange([])}>
          All actions
        </Button>
      )}
    </>
  )
}
