import { Combobox as Base } from '@base-ui/react/combobox'
import { Check, ChevronsUpDown } from 'lucide-react'
import type { ReactNode } from 'react'
import style from './Combobox.module.css'
import { Field } from './Field'
import fieldStyle from './Field.module.css'

export type ComboItem = { value: string; label: string; more?: string }

type ComboboxProps = {
  label: ReactNode
  help?: ReactNode
  error?: string
  hideLabel?: boolean
  placeholder?: string
  items: ComboItem[]
  value: string
  onChange: (value: string) => void
  /** What is typed, where the server does the finding; else the items are filtered here. */
  onSearch?: (text: string) => void
  /** What is said when nothing matches. */
  none: string
  disabled?: boolean
}

/** One of many, found by typing. */
export function Combobox({
  label,
  help,
  error,
  hideLabel,
  placeholder,
  items,
  value,
  onChange,
  onSearch,
  none,
  disabled,
}: ComboboxProps) {
  const known = items.find(item => item.value === value)
  const selected = value ? (known ?? { value, label: value }) : null
  return (
    <Base.Root
      items={items}
      value={selected}
      onValueChange={item => onChange(item?.value ?? '')}
      onInputValueChange={(text, { reason }) => {
        if (reason === 'input-change' || reason === 'input-clear') onSearch?.(text)
      }}
      isItemEqualToValue={(item, other) => item.value === other.value}
      filter={onSearch ? null : matches}
      limit={100}
      autoHighlight
      disabled={disabled}
    >
      <Field {...{ label, help, error, hideLabel }}>
        {control => (
          <div className={style.frame}>
            <Base.Input {...control} className={fieldStyle.control} placeholder={placeholder} />
            <Base.Trigger className={style.trigger} aria-label="Show all">
              <ChevronsUpDown />
            </Base.Trigger>
          </div>
        )}
      </Field>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className={style.positioner}>
          <Base.Popup className={style.popup}>
            <Base.Empty className={style.none}>{none}</Base.Empty>
            <Base.List className={style.list}>
              {(item: ComboItem) => (
                <Base.Item key={item.value} value={item} className={style.item}>
                  <span className={style.name}>
                    {item.label}
                    {item.more && <span className={style.more}>{item.more}</span>}
                  </span>
                  <Base.ItemIndicator>
                    <Check />
                  </Base.ItemIndicator>
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

const matches = (item: ComboItem, query: string) =>
  `${item.label} ${item.more ?? ''} ${item.value}`
    .toLowerCase()
    .includes(query.trim().toLowerCase())
