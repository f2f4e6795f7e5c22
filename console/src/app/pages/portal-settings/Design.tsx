import { Radio } from '@base-ui/react/radio'
import { RadioGroup } from '@base-ui/react/radio-group'
import { useId } from 'react'
import { Card, SelectField, Switch } from '@/ui'
import style from './PortalSettings.module.css'
import {
  accentOf,
  type Palette,
  type PortalForm,
  type PortalSettings,
  palettes,
  toSave,
} from './settings'

type PartProps = { form: PortalForm; disabled: boolean }

/** Theme, colours and arrangement. */
export function Design({ form, disabled }: PartProps) {
  const { values } = form
  return (
    <Card title="Design">
      <div className={style.three}>
        <SelectField
          label="Theme"
          {...form.text('theme')}
          onChange={theme => form.set('theme', theme as typeof values.theme)}
          disabled={disabled}
          options={[
            { value: 'auto', label: 'Auto' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
        <SelectField
          label="Navigation"
          {...form.text('navigation')}
          onChange={place => form.set('navigation', place as typeof values.navigation)}
          disabled={disabled}
          options={[
            { value: 'top', label: 'Top' },
            { value: 'left', label: 'Left' },
            { value: 'right', label: 'Right' },
          ]}
        />
        <SelectField
          label="Collection"
          {...form.text('collection')}
          onChange={kind => form.set('collection', kind as typeof values.collection)}
          disabled={disabled}
          options={[
            { value: 'list', label: 'List' },
            { value: 'card', label: 'Cards' },
          ]}
        />
      </div>
      <PaletteField
        settings={toSave(values)}
        onChange={palette => form.set('palette', palette)}
        error={form.errorOf('palette')}
        disabled={disabled}
      />
    </Card>
  )
}

type PaletteFieldProps = {
  settings: PortalSettings
  onChange: (palette: Palette) => void
  error?: string
  disabled: boolean
}

function PaletteField({ settings, onChange, error, disabled }: PaletteFieldProps) {
  const id = useId()
  return (
    <div className={style.palette}>
      <div id={id} className={style.label}>
        Color palette
      </div>
      <RadioGroup
        aria-labelledby={id}
        className={style.swatches}
        value={settings.palette}
        disabled={disabled}
        onValueChange={next => onChange(next as Palette)}
      >
        {palettes.map(name => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is one
          <label key={name} className={style.swatch}>
            <Radio.Root
              value={name}
              className={style.dot}
              style={{ background: accentOf(settings, name) }}
            />
            {name.charAt(0).toUpperCase() + name.slice(1)}
          </label>
        ))}
      </RadioGroup>
      {error && (
        <div className={style.error} role="alert">
          {error}
        </div>
      )}
    </div>
  )
}

/** What a customer sees besides the apps. */
export function Shown({ form, disabled }: PartProps) {
  const toggle = (
    name: 'show_organization' | 'show_linked_account' | 'remove_branding' | 'connection_log',
  ) => ({
    checked: form.values[name],
    onChange: (checked: boolean) => form.set(name, checked),
    error: form.errorOf(name),
    disabled,
  })
  return (
    <Card title="Visibility">
      <Switch
        label="Show organization"
        help="Your organization's name at the head of the page."
        {...toggle('show_organization')}
      />
      <Switch
        label="Show linked account"
        help="The customer's own name, so that nobody connects for the wrong one."
        {...toggle('show_linked_account')}
      />
      <Switch
        label="Audit"
        help="Customers see the history of their connections: when each was made, expired and was renewed."
        {...toggle('connection_log')}
      />
      <Switch
        label="Remove branding"
        help="The line at the foot that names Trunnel is left out."
        {...toggle('remove_branding')}
      />
    </Card>
  )
}
