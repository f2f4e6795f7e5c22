import { Radio } from '@base-ui/react/radio'
import { RadioGroup } from '@base-ui/react/radio-group'
import type { ReactNode } from 'react'
import style from './Segmented.module.css'

type SegmentedProps = {
  label: string
  value: string
  onChange: (value: string) => void
  segments: { value: string; label: ReactNode }[]
}

/** One of two or three that exclude each other, side by side. */
export const Segmented = ({ label, value, onChange, segments }: SegmentedProps) => (
  <RadioGroup
    aria-label={label}
    className={style.group}
    value={value}
    onValueChange={next => onChange(String(next))}
  >
    {segments.map(segment => (
      // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is one
      <label key={segment.value} className={style.segment}>
        <Radio.Root value={segment.value} className={style.radio} />
        {segment.label}
      </label>
    ))}
  </RadioGroup>
)
