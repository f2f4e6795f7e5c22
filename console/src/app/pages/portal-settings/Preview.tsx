import type { CSSProperties } from 'react'
import { useSignedIn } from '@/app/session'
import { lookOf } from '@/portal/look'
import { classes } from '@/ui'
import style from './Preview.module.css'
import type { PortalSettings } from './settings'

const apps = [
  { name: 'HubSpot', about: 'Contacts, companies and deals.', state: 'Connected' },
  { name: 'Slack', about: 'Messages and channels.', state: 'Connect' },
  { name: 'Salesforce', about: 'Accounts and opportunities.', state: 'Reconnect' },
]

/** The portal in small, drawn from the settings as they stand in the form. */
export function Preview({ settings }: { settings: PortalSettings }) {
  const { variables, theme } = lookOf(settings, {})
  const look: CSSProperties = {
    ...variables,
    ...(theme === 'auto' ? {} : { colorScheme: theme }),
  }
  return (
    <section className={style.preview} aria-label="Preview">
      <div className={style.bar}>
        <h2>Preview</h2>
        <span>{settings.theme === 'auto' ? 'As this device' : ''}</span>
      </div>
      <div
        className={classes(
          style.frame,
          settings.navigation !== 'top' && style[settings.navigation],
        )}
        style={look}
        data-testid="portal-preview"
        data-navigation={settings.navigation}
        data-collection={settings.collection}
        data-palette={settings.palette}
        data-theme-shown={settings.theme}
      >
        <Head settings={settings} />
        <div className={style.main}>
          <div className={style.heading}>Connect your apps</div>
          <div className={classes(style.apps, settings.collection === 'card' && style.cards)}>
            {apps.map(app => (
              <div key={app.name} className={style.app}>
                <span className={style.icon} aria-hidden="true">
                  {app.name.charAt(0)}
                </span>
                <span className={style.text}>
                  <span className={style.name}>{app.name}</span>
                  <span className={style.about}>{app.about}</span>
                </span>
                <span className={classes(style.chip, style[app.state.toLowerCase()])}>
                  {app.state}
                </span>
              </div>
            ))}
          </div>
          {settings.connection_log && (
            <div className={style.history}>
              <span>History</span>
              <span>HubSpot connected</span>
            </div>
          )}
          {settings.redirect_url && (
            <div className={style.finish}>
              <span className={style.button}>Finish</span>
            </div>
          )}
        </div>
        <Foot settings={settings} />
      </div>
    </section>
  )
}

function Head({ settings }: { settings: PortalSettings }) {
  const { organization } = useSignedIn()
  const name = organization?.name ?? ''
  if (!settings.show_organization && !settings.show_linked_account) {
    return <div className={style.head} />
  }
  return (
    <div className={style.head}>
      {settings.show_organization && (
        <span className={style.who}>
          <span className={style.mark} aria-hidden="true">
            {name.charAt(0).toUpperCase()}
          </span>
          {name}
        </span>
      )}
      {settings.show_linked_account && <span className={style.as}>You: First customer</span>}
    </div>
  )
}

const Foot = ({ settings }: { settings: PortalSettings }) => (
  <div className={style.foot}>
    {settings.terms_url && <span>Terms</span>}
    {settings.privacy_url && <span>Privacy</span>}
    {!settings.remove_branding && <span>Powered by Trunnel</span>}
  </div>
)
