import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'
import style from './Tabs.module.css'

type TabsProps = {
  label: string
  value: string
  onChange: (value: string) => void
  tabs: { value: string; label: ReactNode; content: ReactNode }[]
}

export function Tabs({ label, value, onChange, tabs }: TabsProps) {
  return (
    <Base.Root value={value} onValueChange={next => onChange(String(next))}>
      <Base.List className={style.list} aria-label={label}>
        {tabs.map(tab => (
          <Base.Tab key={tab.value} value={tab.value} className={style.tab}>
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map(tab => (
        <Base.Panel key={tab.value} value={tab.value} style={{ paddingTop: 16 }}>
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}

/** The class of a link that looks like a tab; `aria-current` marks the open one. */
export const tabClass = style.tab
export const tabListClass = style.list
