import { Page } from '@/ui'

export const ProfilePage = () => <Page title="ProfilePage">{null}</Page>
