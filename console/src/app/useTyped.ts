import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useSettled } from './useSettled'

/**
 * The text of a field whose value lives in the address: what is typed goes there when the typing
 * pauses, and what changes there (by Back, or by a link) shows in the field.
 */
export function useTyped(value: string, commit: (text: string) => unknown) {
  const [text, setText] = useState(value)
  const settled = useSettled(text)
  const known = useRef(value)
  const write = useEffectEvent(commit)
  useEffect(() => {
    if (settled === known.current) return
    known.current = settled
    write(settled)
  }, [settled])
  useEffect(() => {
    if (value === known.current) return
    known.current = value
    setText(value)
  }, [value])
  return [text, setText] as const
}
