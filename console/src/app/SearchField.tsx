import { useEffect, useRef, useState } from 'react'
import { TextField } from '@/ui'

const PAUSE_MS = 60

type SearchFieldProps = {
  label: string
  placeholder?: string
  value: string
  /** Called when the typing pauses. */
  onChange: (value: string) => void
}

/** A search that asks the server: not at every key, only when the typing pauses. */
export function SearchField({ label, placeholder, value, onChange }: SearchFieldProps) {
  const [text, setText] = useState(value)
  // The newest one: what it merges with may have changed while the typing paused.
  const tell = useRef(onChange)
  useEffect(() => {
    tell.current = onChange
  })
  // What else changes the value, such as a button that clears it, is followed.
  useEffect(() => setText(value), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of the text starts the wait
  useEffect(() => {
    const wanted = text.trim()
    if (wanted === value) return
    const timer = setTimeout(() => tell.current(wanted), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <TextField
      label={label}
      hideLabel
      type="search"
      placeholder={placeholder}
      value={text}
      onChange={setText}
    />
  )
}
